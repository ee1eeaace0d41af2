// Mercurius with its just-in-time compiler from the first request on.
import Fastify from "fastify";
import mercurius from "mercurius";
import { resolvers, typeDefs } from "./shop.mjs";

const { Media, ...others } = resolvers;
const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers: { ...others, Media: { resolveType: Media.__resolveType } }, jit: 1 });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
