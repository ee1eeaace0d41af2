// Opens GraphiQL on this server, with the example operations as tabs. Subscriptions take the same Authorization header.
const operations = JSON.parse(document.getElementById("operations").textContent);
const address = new URL("/graphql", window.location.href);
const socket = new URL(address);
socket.protocol = address.protocol === "https:" ? "wss:" : "ws:";

let authorization = "";
const wsClient = graphqlWs.createClient({
  url: socket.toString(),
  lazy: true,
  connectionParams: () => (authorization ? { Authorization: authorization } : {}),
});
const http = GraphiQL.createFetcher({ url: address.toString(), wsClient });
const fetcher = (params, options) => {
  const headers = options?.headers ?? {};
  authorization = headers.Authorization ?? headers.authorization ?? "";
  return http(params, options);
};

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultTabs: operations.map((operation) => ({ query: operation.query, variables: operation.variables })),
    defaultHeaders: '{\n  "Authorization": ""\n}',
    shouldPersistHeaders: false,
  }),
);
