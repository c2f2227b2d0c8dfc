// A thousand buyers at the same moment, and a hundred pieces: exactly a hundred buy.
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import { api, buyers, get, newProduct, noFailures, order, pay } from './market.js';

const bought = new Counter('bought');
const soldOut = new Counter('sold_out');
const crowd = Number(__ENV.BUYERS || 1000);
const pieces = 100;

export const options = {
  setupTimeout: '300s',
  scenarios: {
    sale: { executor: 'per-vu-iterations', vus: crowd, iterations: 1, maxDuration: '120s' },
  },
  thresholds: Object.assign({
    bought: [`count==${pieces}`],
    sold_out: [`count==${crowd - pieces}`],
    iteration_duration: ['p(99)<60000'],
  }, noFailures),
};

export function setup() {
  return { buyers: buyers(crowd), product: newProduct(pieces) };
}

export default function (sale) {
  const buyer = sale.buyers[__VU - 1];
  const id = order(buyer, sale.product);
  if (id === null) {
    soldOut.add(1);
    return;
  }
  pay(buyer, id);
  bought.add(1);
}

export function teardown(sale) {
  const left = get(`${api}/products/${sale.product}`, null, 'GET /products/id').json('data.stock');
  check(left, { 'nothing is left, and nothing oversold': (n) => n === 0 });
}
