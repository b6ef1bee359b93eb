// One client in several rooms: its parts know each other.
global using Remanso.Redis.Resp.Connections;
global using Remanso.Redis.Resp.Credentials;
global using Remanso.Redis.Resp.Options;
global using Remanso.Redis.Resp.Protocol;
global using Remanso.Redis.Resp.Sentinels;
global using Remanso.Redis.Resp.Subscriptions;
global using Remanso.Redis.Resp.Topology;
