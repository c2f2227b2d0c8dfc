// Buyers fill a cart, order and pay, so many a second, whether or not earlier ones are done.
import { buyers, noFailures, order, pay, pick, products } from './market.js';

export const options = {
  setupTimeout: '120s',
  scenarios: {
    purchase: { executor: 'constant-arrival-rate', rate: Number(__ENV.RATE || 15), timeUnit: '1s', duration: __ENV.DURATION || '30s', preAllocatedVUs: 64, maxVUs: 256 },
  },
  thresholds: Object.assign({
    'http_req_duration{name:POST /carts/items}': ['p(95)<100'],
    'http_req_duration{name:POST /orders}': ['p(95)<250'],
    'http_req_duration{name:POST /payments}': ['p(95)<250'],
  }, noFailures),
};

export function setup() {
  return { buyers: buyers(100), products: products(5) };
}

export default function (town) {
  const buyer = pick(town.buyers);
  pay(buyer, order(buyer, pick(town.products)));
}
