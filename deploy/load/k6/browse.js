// Visitors look at lists, search, and open products.
import { check } from 'k6';
import { api, get, noFailures, pick, products } from './market.js';

export const options = {
  scenarios: {
    browse: { executor: 'constant-arrival-rate', rate: Number(__ENV.RATE || 300), timeUnit: '1s', duration: __ENV.DURATION || '30s', preAllocatedVUs: 64, maxVUs: 256 },
  },
  thresholds: Object.assign({
    'http_req_duration{name:GET /products}': ['p(95)<50'],
    'http_req_duration{name:GET /products/id}': ['p(95)<50'],
    'http_req_duration{name:search}': ['p(95)<200'],
  }, noFailures),
};

const keywords = ['의자', 'air', 'e', 'vintage', '접이식', 'xqz'];

export function setup() {
  return products(3);
}

export default function (ids) {
  const dice = Math.random();
  let res;
  if (dice < 0.45) {
    res = get(`${api}/products?size=20&page=${Math.floor(Math.random() * 5)}`, null, 'GET /products');
  } else if (dice < 0.95) {
    res = get(`${api}/products/${pick(ids)}`, null, 'GET /products/id');
  } else {
    res = get(`${api}/products?keyword=${encodeURIComponent(pick(keywords))}`, null, 'search');
  }
  check(res, { answered: (r) => r.status === 200 });
}
