global using Remanso.Conformance.Servers;
global using Remanso.Redis.Resp.Connections;
global using Remanso.Redis.Resp.Options;
global using Remanso.Redis.Resp.Protocol;
global using Remanso.Redis.Resp.Subscriptions;
global using Remanso.Redis.Resp.Topology;
