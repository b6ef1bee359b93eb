namespace Remanso.Docs.Tests.Shell;

/// <summary>What a reader of a page has, which the page does not list: files, a key, names of hosts.</summary>
internal static class Preparation
{
    private static readonly Dictionary<string, string> _scripts = new(StringComparer.Ordinal)
    {
        ["docs/how-to/library.md"] = "redis-server --port $((PORT + 1)) --save '' --daemonize yes --pidfile $PWD/redis.pid > /dev/null",
        ["docs/reference/mysql.md"] = "mkdir -p driver/out; cp \"$(dirname \"$SERVER\")\"/drivers/*.dll driver/out",
        ["docs/how-to/plan.md"] = """
            echo time,key,op,bytes,cost > calls.csv
            for i in {10..59}; do echo "2026-11-28T10:00:$i.125Z,user:$((i % 7)),read,180,3.5"; done >> calls.csv
            echo '{"time":1764324000.125,"key":"user:42","op":"read","bytes":180,"cost":3.5}' | gzip > calls-1.jsonl.gz
            """,
        // Its server has keys, as those that are shipped have.
        ["docs/how-to/runbook.md"] = "remanso keys create night --scopes observe,operate > app.key",
        ["docs/how-to/security.md"] = "switches=(--Remanso:Caches:shop-eu:Ttl:Base=1m)",
    };

    private static readonly (string There, string Here)[] _replacements =
    [
        // As the README's thousand, but for the time that so many processes take.
        ("seq 1 1000", "seq 1 60"),
        ("--duration 30s", "--duration 1s"),
        ("http://other:", "http://localhost:"),
        ("REDIS_HOST=localhost", "REDIS_HOST=localhost REDIS_PORT=$((PORT + 1))"),
        // Keys of one listing are not of the next.
        ("remanso --urls http://unix:", "rm -f data/keys.json; remanso --urls http://unix:"),
        ("/run/remanso/", "$HOME/"),
        // A port that is forwarded, and nobody forwards it here.
        ("localhost:8001", "localhost:8000"),
    ];

    /// <summary>What is run before the listings of a page.</summary>
    public static string ScriptOf(string page) => _scripts.GetValueOrDefault(page, string.Empty);

    /// <summary>A listing, with what is here in place of what is elsewhere or takes its time.</summary>
    public static string Adapt(string listing) =>
        _replacements.Aggregate(listing, static (text, one) => text.Replace(one.There, one.Here, StringComparison.Ordinal));
}
