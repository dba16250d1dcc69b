import type { Region } from './places.ts';

export interface Category {
  /** First part of the sku. */
  readonly code: string;
  readonly name: string;
  /** How many items of the catalogue. All categories and the one-offs sum to 400. */
  readonly count: number;
  /** List price in EUR cents, from and to. */
  readonly price: readonly [number, number];
  readonly grams: readonly [number, number];
  readonly makes: readonly string[];
  readonly things: readonly string[];
  /** May not fly, and few people want it. */
  readonly isHazardous?: boolean;
}

/** One of a kind, or nearly: what collectors come for. */
export interface OneOff {
  readonly name: string;
  readonly category: string;
  /** EUR cents. */
  readonly price: number;
  readonly grams: number;
  readonly home: Region;
}

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

const category = (
  code: string,
  name: string,
  count: number,
  price: [number, number],
  grams: [number, number],
  makes: string,
  things: string,
): Category => ({ code, name, count, price, grams, makes: words(makes), things: words(things) });

export const CATEGORIES: readonly Category[] = [
  category(
    'CND',
    'Candles',
    34,
    [900, 4200],
    [180, 900],
    'Beeswax, Fig & Cedar, Sea Salt, Amber, Wild Rose, Smoked Oak, Bergamot, Winter Pine',
    'Pillar Candle, Tea Light Set, Jar Candle, Taper Pair, Travel Candle, Candle Ring',
  ),
  category(
    'CER',
    'Ceramics',
    36,
    [1200, 8900],
    [250, 2200],
    'Celadon, Raku, Speckled, Cobalt, Oatmeal, Ink Blue, Ash Glaze, Terracotta',
    'Mug, Tea Bowl, Pitcher, Bud Vase, Breakfast Plate, Butter Dish, Sake Set',
  ),
  category(
    'STA',
    'Stationery',
    40,
    [350, 4800],
    [60, 700],
    'Linen, Marbled, Midnight, Botanical, Gilt-Edged, Recycled, Letterpress, Meadow',
    'Notebook, Card Set, Travel Journal, Wrapping Paper, Desk Calendar, Letter Set, Wax Seal Kit',
  ),
  category(
    'TEA',
    'Tea & Treats',
    34,
    [650, 3900],
    [90, 850],
    'Darjeeling, Jasmine, Smoky, Saffron, Orange Blossom, First Flush, Cardamom, Hazelnut',
    'Tea Tin, Tea Sampler, Honey Jar, Biscuit Tin, Chocolate Bar Set, Nougat Box',
  ),
  category(
    'TOY',
    'Wooden Toys',
    32,
    [1100, 9800],
    [200, 2600],
    'Beech, Painted, Rainbow, Nordic, Little Harbour, Forest, Pocket, Grand',
    'Train Set, Stacking Tower, Balance Game, Spinning Top, Marble Run, Animal Ark, Puzzle Cube',
  ),
  category(
    'TEX',
    'Textiles',
    36,
    [1900, 14900],
    [120, 1600],
    'Merino, Block-Printed, Indigo, Herringbone, Kantha, Washed Linen, Fair Isle, Khadi',
    'Scarf, Throw, Cushion Cover, Tea Towel Pair, Table Runner, Quilt, Stole',
  ),
  category(
    'JEW',
    'Jewellery',
    34,
    [2400, 24900],
    [40, 160],
    'Moonstone, Hammered Silver, Garnet, River Pearl, Brass Leaf, Opal, Enamel, Labradorite',
    'Pendant, Stud Pair, Signet Ring, Bangle, Brooch, Cufflinks, Charm Bracelet',
  ),
  category(
    'PRN',
    'Prints & Maps',
    32,
    [1500, 12900],
    [120, 900],
    'Linocut, Screenprint, Cyanotype, Woodblock, Risograph, Letterpress, Hand-Tinted, Engraved',
    'Heron Print, City Map, Star Chart, Harbour View, Fern Study, Tram Poster, Tide Table',
  ),
  category(
    'GAM',
    'Games',
    28,
    [1400, 11900],
    [250, 2400],
    'Travel, Walnut, Pocket, Tournament, Family, Riverside, Velvet, Cork',
    'Chess Set, Backgammon, Playing Cards, Solitaire, Domino Box, Carrom Board',
  ),
  category(
    'INS',
    'Instruments & Optics',
    26,
    [3200, 28900],
    [180, 1900],
    'Brass, Copper, Polished, Field, Captain’s, Bauhaus, Folding, Observatory',
    'Compass, Kaleidoscope, Telescope, Sundial, Barometer, Magnifier, Orrery',
  ),
  category(
    'MUS',
    'Music Boxes',
    22,
    [2800, 16900],
    [250, 1400],
    'Walnut, Rosewood, Lacquered, Carousel, Night Sky, Ballerina, Cherrywood',
    'Music Box, Singing Bird, Musical Locket Stand, Hand-Crank Organ',
  ),
  category(
    'FIG',
    'Figurines',
    16,
    [3900, 31900],
    [150, 2800],
    'Porcelain, Bronze, Soapstone, Dhokra, Erzgebirge, Blown Glass',
    'Fox, Owl, Elephant, Nutcracker, Hare, Whale',
  ),
  {
    ...category(
      'OIL',
      'Lamp Oils & Perfumes',
      6,
      [1800, 7900],
      [150, 900],
      'Oud, Citron, Paraffin',
      'Lamp Oil, Perfume',
    ),
    isHazardous: true,
  },
];

const piece = (name: string, category: string, price: number, grams: number, home: Region): OneOff => ({
  name,
  category,
  price,
  grams,
  home,
});

export const ONE_OFFS: readonly OneOff[] = [
  piece('Campo del Cielo Meteorite Slice, Oak Case', 'Natural History', 64_900, 780, 'EU'),
  piece('Astrolabe after Hartmann, No. 3 of 12', 'Instruments & Optics', 129_000, 2_400, 'EU'),
  piece('Black Forest Singing Bird Box, 1911', 'Music Boxes', 189_000, 1_150, 'EU'),
  piece('Meissen Harlequin, Second Model', 'Figurines', 98_500, 640, 'EU'),
  piece('Signed Proof "Harbour Lights", 7/30', 'Prints & Maps', 42_000, 620, 'EU'),
  piece('Solnhofen Dragonfly Fossil', 'Natural History', 37_500, 1_900, 'EU'),
  piece('Bohemian Uranium Glass Decanter', 'Glass', 28_900, 1_350, 'EU'),
  piece('Bauhaus Chess Prototype, Pear Wood', 'Games', 74_000, 1_700, 'EU'),
  piece('Orrery with Eight Planets, Workshop Piece', 'Instruments & Optics', 156_000, 4_800, 'EU'),
  piece('Salt-Glazed Moon Jar, Kiln No. 9', 'Ceramics', 51_000, 3_100, 'EU'),
  piece('Gold Rush Assay Scale, 1852', 'Instruments & Optics', 83_000, 2_700, 'US'),
  piece('Hand-Drawn Bay Chart on Vellum', 'Prints & Maps', 67_500, 540, 'US'),
  piece('Petrified Redwood Bookends', 'Natural History', 31_900, 4_200, 'US'),
  piece('Turquoise Squash Blossom Necklace', 'Jewellery', 118_000, 310, 'US'),
  piece('First Pressing "Fog over Marin", Sealed', 'Records', 24_500, 420, 'US'),
  piece('Tin Robot "Astro Scout", Boxed', 'Wooden Toys', 58_900, 950, 'US'),
  piece('Studio Glass Jellyfish, Signed', 'Glass', 46_500, 1_800, 'US'),
  piece('Bidri Hookah Base, Silver Inlay', 'Metalwork', 72_000, 2_300, 'IN'),
  piece('Pashmina Shawl, Three Winters’ Work', 'Textiles', 134_000, 260, 'IN'),
  piece('Ganjifa Cards, Hand-Painted on Ivory Nut', 'Games', 39_500, 380, 'IN'),
  piece('Chola-Style Bronze Nataraja, Lost Wax', 'Figurines', 112_000, 4_600, 'IN'),
  piece('Mughal Garden Miniature, Gold Leaf', 'Prints & Maps', 88_000, 450, 'IN'),
  piece('Spinel and Pearl Sarpech', 'Jewellery', 215_000, 180, 'IN'),
  piece('Temple Bell from Nashik, Seven Metals', 'Metalwork', 34_900, 3_600, 'IN'),
];
