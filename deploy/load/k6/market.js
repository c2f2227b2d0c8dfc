// What the scripts share: who the seeded people are, and what they do.
import http from 'k6/http';
import { check, fail } from 'k6';

export const api = __ENV.API || 'http://127.0.0.1:8080';
export const admin = __ENV.ADMIN || 'http://127.0.0.1:8081';

// Thresholds for every script: no request may fail that is not meant to.
export const noFailures = { checks: ['rate>0.999'] };

const json = { 'Content-Type': 'application/json' };

// post sends a body; the tag names the kind of request in the summary.
export function post(url, body, token, name, more = {}) {
  const headers = Object.assign({}, json, token ? { Authorization: `Bearer ${token}` } : {}, more);
  return http.post(url, JSON.stringify(body), { headers, tags: { name } });
}

export function put(url, body, token, name) {
  const headers = Object.assign({}, json, { Authorization: `Bearer ${token}` });
  return http.put(url, JSON.stringify(body), { headers, tags: { name } });
}

export function get(url, token, name) {
  return http.get(url, { headers: token ? { Authorization: `Bearer ${token}` } : {}, tags: { name } });
}

function login(url, email, password) {
  const res = post(url, { email, password }, null, 'login');
  if (res.status !== 200) {
    fail(`login of ${email}: ${res.status} ${res.body}`);
  }
  return res.json('data.accessToken');
}

// buyers logs the first n seeded buyers in, and looks up where their orders go.
export function buyers(n) {
  const all = [];
  for (let i = 0; i < n; i++) {
    const token = login(`${api}/auth/login`, `user${i}@test.com`, '1234567890');
    const addresses = get(`${api}/addresses`, token, 'GET /addresses').json('data');
    all.push({ token, addressId: addresses[0].addressId });
  }
  return all;
}

export function adminToken() {
  return login(`${admin}/admin/auth/login`, __ENV.ADMIN_EMAIL, __ENV.ADMIN_PASSWORD);
}

// newProduct is a product of the first seeded seller, with so many pieces.
export function newProduct(stock) {
  const token = login(`${api}/seller/auth/login`, 'user0@test.com', '1234567890');
  const category = get(`${api}/categories`, null, 'GET /categories').json('data')[0].id;
  const res = post(`${api}/seller/products`, { categoryId: category, name: 'on sale today', price: 9900, stock, description: 'a few pieces' },
    token, 'POST /seller/products');
  if (res.status !== 201) {
    fail(`a new product: ${res.status} ${res.body}`);
  }
  return res.json('data.id');
}

// products are the ids of some products on sale.
export function products(pages) {
  const ids = [];
  for (let page = 0; page < pages; page++) {
    for (const p of get(`${api}/products?size=100&page=${page}`, null, 'GET /products').json('data.content')) {
      ids.push(p.id);
    }
  }
  return ids;
}

// order puts one piece of a product into a cart and orders it. It returns the order's id, or
// null when the product is sold out; a buyer whom the crowd keeps away tries again.
export function order(buyer, productId) {
  const cart = post(`${api}/carts/items?sort=createdAt,desc&size=1`, { productId, quantity: 1 }, buyer.token, 'POST /carts/items');
  if (cart.status === 409 && cart.json('code') === 'PRODUCT_OUT_OF_STOCK') {
    return null;
  }
  check(cart, { 'in the cart': (r) => r.status === 201 });
  const item = cart.json('data.items.content.0.id');
  for (;;) {
    const res = post(`${api}/orders`, { cartItemIds: [item], addressId: buyer.addressId }, buyer.token, 'POST /orders');
    if (res.status === 409 && res.json('code') === 'REDIS_LOCK_CONFLICT') {
      continue;
    }
    if (res.status === 409 && res.json('code') === 'PRODUCT_OUT_OF_STOCK') {
      return null;
    }
    check(res, { ordered: (r) => r.status === 201 });
    return res.json('data.orderId');
  }
}

export function pay(buyer, orderId) {
  const res = post(`${api}/payments`, { orderId, method: 'MOCK' }, buyer.token, 'POST /payments');
  check(res, { paid: (r) => r.status === 201 && r.json('data.status') === 'SUCCESS' });
}

export function pick(all) {
  return all[Math.floor(Math.random() * all.length)];
}
