// Buyers want their money back, all at once, while an admin decides what waits.
import { check, sleep } from 'k6';
import { admin, adminToken, api, buyers, get, noFailures, order, pay, pick, post, products, put } from './market.js';

const each = Number(__ENV.REFUNDS || 5);
const crowd = 20;

export const options = {
  setupTimeout: '300s',
  scenarios: {
    buyers: { executor: 'per-vu-iterations', vus: crowd, iterations: each, exec: 'ask', maxDuration: '120s' },
    admin: { executor: 'shared-iterations', vus: 2, iterations: crowd * each, exec: 'decide', maxDuration: '180s' },
  },
  thresholds: Object.assign({
    'http_req_duration{name:POST refund}': ['p(95)<3000'],
    'http_req_duration{name:PUT complete}': ['p(95)<4000'],
  }, noFailures),
};

export function setup() {
  const town = { buyers: buyers(crowd), admin: adminToken(), orders: [] };
  const all = products(1);
  for (const buyer of town.buyers) {
    const orders = [];
    for (let i = 0; i < each; i++) {
      const id = order(buyer, pick(all));
      pay(buyer, id);
      orders.push(id);
    }
    town.orders.push(orders);
  }
  return town;
}

export function ask(town) {
  const n = (__VU - 1) % crowd;
  const res = post(`${api}/orders/${town.orders[n][__ITER]}/refunds`, { reason: 'DAMAGED', description: 'broken' },
    town.buyers[n].token, 'POST refund');
  check(res, { asked: (r) => r.status === 201 });
}

// Each iteration decides one refund. Two admins may take the same: the second is told so.
export function decide(town) {
  for (let tries = 0; tries < 300; tries++) {
    const waiting = get(`${admin}/admin/refunds?status=PENDING&size=20`, town.admin, 'GET refunds').json('data.content');
    if (waiting.length === 0) {
      sleep(0.2);
      continue;
    }
    const res = put(`${admin}/admin/refunds/${pick(waiting).id}/complete`, {}, town.admin, 'PUT complete');
    if (res.status === 200) {
      check(res, { decided: (r) => r.json('data.status') === 'SUCCESS' });
      return;
    }
    check(res, { 'somebody else was faster': (r) => r.status === 404 || r.status === 202 });
  }
}
