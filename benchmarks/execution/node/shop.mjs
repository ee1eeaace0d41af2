// The shop's data and resolvers for Node, from the same SDL and JSON that the Python servers' schema and data make.
import { readFileSync } from "node:fs";

export const typeDefs = readFileSync(process.env.SHOP_SDL, "utf8");
const { products, orders } = JSON.parse(readFileSync(process.env.SHOP_DATA, "utf8"));
const bySlug = new Map(products.map((product) => [product.slug, product]));
const byOrder = new Map(orders.map((order) => [order.id, order]));
const variants = new Map(products.flatMap((product) => product.allVariants.map((variant) => [variant.id, variant])));
const first = products[5].allVariants[0];

export const resolvers = {
  Query: {
    products: (_, { first = 20, after }) => {
      const start = after ? Number(after) : 0;
      const found = products.slice(start, start + first);
      const end = start + found.length;
      return {
        totalCount: products.length,
        pageInfo: { hasNextPage: end < products.length, endCursor: String(end) },
        edges: found.map((node, place) => ({ cursor: String(start + place + 1), node })),
      };
    },
    product: (_, { slug }) => bySlug.get(slug) ?? null,
    order: (_, { id }) => byOrder.get(id) ?? null,
  },
  Mutation: {
    cartLinesAdd: (_, { input: { variantId, quantity = 1 } }) => {
      const variant = variants.get(variantId);
      if (!variant || quantity < 1) {
        return { cart: null, userErrors: [{ code: "INVALID", message: "Send a variant and a positive quantity." }] };
      }
      const line = { id: "1", quantity, variant, total: variant.price };
      const other = { id: "2", quantity: 1, variant: first, total: first.price };
      return { cart: { id: "1", lines: [line, other], total: variant.price }, userErrors: [] };
    },
  },
  Product: {
    variants: (product, { first = 10 }) => product.allVariants.slice(0, first),
    related: (product, { first = 4 }) =>
      Array.from({ length: first }, (_, offset) => products[(Number(product.id) + offset) % products.length]),
  },
  Media: { __resolveType: (media) => media.__typename },
};
