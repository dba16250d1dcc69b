export { calibrate, calibration, displayScore, type EliteTier } from './calibrate.ts';
export { type OrderPackage, packageOf, productsOf } from './contribution.ts';
export { type CorpusView, corpusView, itemKey } from './corpus.ts';
export { addTo, type Histogram, rawBucket, valueBin } from './histogram.ts';
export { type RarityScore, scorePackage } from './rarity-score.ts';
export { type Package, type PackageItem, type RarityComponents, scoreRaw } from './score.ts';
export { type OpenCorpus, openCorpus } from './score-orders.ts';
export { itemSetHash } from './set-hash.ts';
export { rarityScore } from './try-score.ts';
