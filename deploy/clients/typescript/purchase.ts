// Buys a product with the types that openapi-typescript generates from api/openapi.yaml, and prints the paid order as
// JSON; see TestClients_TypeScript_Purchase in internal/e2e.
import createClient from "openapi-fetch";
import type { components, paths } from "./market.js";

declare const process: { argv: string[]; exit(code: number): never };

type Schemas = components["schemas"];

const option = (name: string): string => {
  const value = process.argv[process.argv.indexOf("-" + name) + 1];
  if (value === undefined) throw new Error(`-${name} is missing`);
  return value;
};

// dataOf returns the data of an answer, and throws for an error.
function dataOf<T>(call: string, r: { data?: { data: T }; error?: unknown }): T {
  if (r.data === undefined) throw new Error(`${call}: ${JSON.stringify(r.error)}`);
  return r.data.data;
}

async function purchase(baseUrl: string, email: string, productId: number): Promise<Schemas["OrderDetail"]> {
  const password = "correct-horse-1";
  const client = createClient<paths>({ baseUrl });
  const legal = dataOf("getLegalDocuments", await client.GET("/legal-documents"));
  dataOf("signUpBuyer", await client.POST("/auth/signup", {
    body: {
      email, password, name: "홍길동", phone: "010-1234-5678",
      termsVersion: legal.terms.version, privacyVersion: legal.privacy.version,
    },
  }));
  const { accessToken } = dataOf("logInBuyer", await client.POST("/auth/login", { body: { email, password } }));
  client.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${accessToken}`);
      return request;
    },
  });

  const missing = await client.GET("/orders/{orderId}", { params: { path: { orderId: 999999 } } });
  const expected: Schemas["ErrorCode"] = "ORDER_NOT_FOUND";
  if (missing.error?.code !== expected) throw new Error(`getOrder of no order: ${JSON.stringify(missing.error)}`);

  const { addressId } = dataOf("createAddress", await client.POST("/addresses", {
    body: { recipient: "홍길동", phone: "010-1234-5678", detail: "서울" },
  }));
  const cart = dataOf("addCartItem", await client.POST("/carts/items", { body: { productId, quantity: 2 } }));
  const item = cart.items.content[0];
  if (item === undefined) throw new Error("the cart is empty");
  const expectedTotal: number = item.productPrice * item.quantity;
  const { orderId } = dataOf("createOrder", await client.POST("/orders", {
    body: { addressId, cartItemIds: [item.id], expectedTotal },
  }));
  dataOf("createPayment", await client.POST("/payments", { body: { orderId, method: "MOCK" } }));
  const waiting: Schemas["OrderStatus"] = "CREATED";
  for (const until = Date.now() + 120_000; ;) {
    const order = dataOf("getOrder", await client.GET("/orders/{orderId}", { params: { path: { orderId } } }));
    if (order.status !== waiting) return order;
    if (Date.now() > until) throw new Error("the order is not paid after two minutes");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

purchase(option("api"), option("email"), Number(option("product"))).then(
  (order) => console.log(JSON.stringify(order)),
  (err: unknown) => {
    console.error(err);
    process.exit(1);
  },
);
