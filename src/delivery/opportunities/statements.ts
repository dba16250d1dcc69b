/** A statement's shape, independent of its values: Postgres plans each shape once per connection. */
export interface Shape {
  readonly text: string;
  /** Undefined for shapes beyond the first 200: a connection must not be filled with rare plans. */
  readonly name: string | undefined;
}

const MAX_NAMED = 200;
const MAX_SHAPES = 1_000;
const shapes = new Map<string, Shape>();
let named = 0;

/** The shape with this key; `build` writes its text when it is new. */
export function shapeFor(key: string, build: () => string): Shape {
  const known = shapes.get(key);
  if (known) return known;
  const shape = { text: build(), name: named < MAX_NAMED ? `opportunities_${named++}` : undefined };
  if (shapes.size >= MAX_SHAPES) shapes.clear();
  shapes.set(key, shape);
  return shape;
}
