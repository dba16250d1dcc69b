export { prepareDemoDelivery } from './prepare.ts';
export { runDemoShoppers } from './run-shoppers.ts';
