// The night in which a period closes: the day is closed and settled, payouts go out, and
// buyers and visitors go on. run.sh triggers the schedule when this script begins.
import { check } from 'k6';
import { api, buyers, get, noFailures, order, pay, pick, products } from './market.js';

const duration = __ENV.DURATION || '40s';

export const options = {
  setupTimeout: '120s',
  scenarios: {
    visitors: { executor: 'constant-arrival-rate', exec: 'browse', rate: 100, timeUnit: '1s', duration, preAllocatedVUs: 32, maxVUs: 128 },
    buyers: { executor: 'constant-arrival-rate', exec: 'buy', rate: 8, timeUnit: '1s', duration, preAllocatedVUs: 32, maxVUs: 128 },
  },
  thresholds: Object.assign({
    'http_req_duration{name:GET /products}': ['p(95)<150'],
    'http_req_duration{name:POST /orders}': ['p(95)<600'],
    'http_req_duration{name:POST /payments}': ['p(95)<600'],
  }, noFailures),
};

export function setup() {
  return { buyers: buyers(50), products: products(3) };
}

export function browse() {
  check(get(`${api}/products?size=20`, null, 'GET /products'), { answered: (r) => r.status === 200 });
}

export function buy(town) {
  const buyer = pick(town.buyers);
  pay(buyer, order(buyer, pick(town.products)));
}
