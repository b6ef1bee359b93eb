using System.Globalization;

namespace Remanso.Server.Tests.Fuzz;

/// <summary>Makes requests of one client, right ones and wrong ones, and says of each how it must be answered: by the
/// documentation, never by the code.</summary>
internal sealed class RequestMaker(Random random, int client, int maxValueBytes, int statusOfReplicated)
{
    private const string Caches = "/v1/caches/";

    private static readonly string[] _oddMethods = ["PURGE", "OPTIONS", "TRACE", "REPORT", "MKCOL"];
    private static readonly string[] _calls = ["entries:batch-get", "entries:batch-set", "flush", "invalidate", "expire", "preload"];

    private readonly EntryModel _entries = new();

    public FuzzedRequest Next() =>
        random.Next(20) switch
        {
            0 or 1 or 2 => OriginalGet(),
            3 or 4 or 5 => OriginalSet(),
            6 or 7 or 8 => Read(),
            9 or 10 or 11 => Put(),
            12 => Delete(),
            13 or 14 => Change(),
            15 => Batch(),
            16 => Operate(),
            17 => DeadLetter(),
            18 => State(),
            _ => Nowhere(),
        };

    private FuzzedRequest OriginalGet()
    {
        var key = Key();
        var request = Start(Pick("GET", "GET", "GET", "HEAD"), "/get/" + key.Escaped, key.IsRight ? null : 400);
        var source = Source(request);
        return Finish(request, Found(key, source));
    }

    private FuzzedRequest OriginalSet()
    {
        var key = Key();
        var request = Start("POST", "/set", key.IsRight ? null : 400);
        var text = key.Text ?? string.Empty;
        var kind = random.Next(2) == 0 ? EntryModel.Kind.Number : EntryModel.Kind.Text;
        request.Fill(
            random,
            $$"""{"key":{{Json(text)}},"value":{{(kind == EntryModel.Kind.Number ? "7" : "\"text\"")}},"x":[1,{"y":null}]}""",
            isJson: true
        );
        Idempotency(request);
        return Finish(request, [200], answer => Set(answer, text, kind, tag: null));
    }

    private FuzzedRequest Read()
    {
        var key = Key();
        var request = Start(Pick("GET", "GET", "HEAD"), Entry(key), key.IsRight ? null : 400);
        var source = Source(request);
        var right = Found(key, source);
        if (key.Text is { } text && _entries[text] is { IsThere: true, Tag: { } tag } && source is null && random.Next(3) == 0)
        {
            var (field, matches) = random.Next(4) switch
            {
                0 => ("*", true),
                1 => (tag, true),
                2 => ($"\"x\", W/{tag}", false),
                _ => ("\"1\"", false),
            };
            request.Headers.Add("If-None-Match: " + field);
            right =
                matches ? [304]
                : field.Contains("W/", StringComparison.Ordinal) ? [304]
                : [200];
        }

        return Finish(request, right);
    }

    private FuzzedRequest Put()
    {
        var key = Key();
        var request = Start("PUT", Entry(key), key.IsRight ? null : 400);
        var text = key.Text ?? string.Empty;
        var stored = Durability(request);
        Lifetime(request);
        Tags(request);
        Idempotency(request);
        Type(request);
        var met = Condition(request, _entries[text], mayBeAbsent: true);
        var kind = (EntryModel.Kind)random.Next(1, 4);
        var value = kind switch
        {
            EntryModel.Kind.Number => "41",
            EntryModel.Kind.Json => "{\"a\":[1]}",
            _ => "plain",
        };
        if (random.Next(12) == 0)
        {
            value = new string('v', maxValueBytes + random.Next(1, 3000));
            request.Faults.Add(413);
        }

        request.Fill(random, value, isJson: false);
        return Finish(request, met ? Written(stored) : [412], answer => Set(answer, text, kind, answer.ETag));
    }

    private FuzzedRequest Delete()
    {
        var key = Key();
        var request = Start("DELETE", Entry(key), key.IsRight ? null : 400);
        var text = key.Text ?? string.Empty;
        var stored = Durability(request);
        Idempotency(request);
        var met = Condition(request, _entries[text], mayBeAbsent: false);
        return Finish(request, met ? Written(stored) : [412], answer => Set(answer, text, EntryModel.Kind.Absent, answer.ETag));
    }

    private FuzzedRequest Change()
    {
        var key = Key();
        var text = key.Text ?? string.Empty;
        var known = _entries[text].Kind;
        var call = Pick("PATCH", "increment", "max", "append", "patch", "wait");
        var request = Start(
            call == "PATCH" ? call : "POST",
            Entry(key)
                + call switch
                {
                    "PATCH" => "",
                    "increment" or "wait" => "/" + call,
                    _ => "/merge",
                },
            key.IsRight ? null : 400
        );
        if (call == "wait")
        {
            var version = Pick("version=1", "version=999999999999", "version=0", "version=x");
            request.Query.AddRange([version, "timeout=1ms"]);
            request.Fault(version is "version=0" or "version=x", 400);
            return Finish(request, [200, 202, 504]);
        }

        var stored = Durability(request);
        Lifetime(request);
        Idempotency(request);
        var ofNumber = call is "increment" or "max";
        var body = call switch
        {
            "PATCH" => "{\"b\":2}",
            "increment" => "{\"by\":2}",
            "max" => "{\"op\":\"max\",\"value\":3}",
            "append" => "{\"op\":\"append\",\"value\":[1],\"cap\":9}",
            _ => "{\"op\":\"patch\",\"value\":{\"c\":null}}",
        };
        if (call == "PATCH")
        {
            request.Headers.Add("Content-Type: " + (random.Next(6) == 0 ? "application/json" : "application/merge-patch+json"));
            if (request.Headers[^1].EndsWith("/json", StringComparison.Ordinal))
            {
                request.Faults.Add(415);
            }
        }

        request.Fill(random, body, isJson: true);
        var fits =
            known == EntryModel.Kind.Absent
            || (
                ofNumber ? known == EntryModel.Kind.Number
                : call == "append" ? false
                : known is EntryModel.Kind.Json or EntryModel.Kind.Number
            );
        var made =
            ofNumber ? EntryModel.Kind.Number
            : call == "append" ? EntryModel.Kind.Text
            : EntryModel.Kind.Json;

        // What was appended to is an array, which this model does not tell from text that is no JSON.
        return Finish(
            request,
            call == "append" && known == EntryModel.Kind.Text ? [.. Written(stored), 409]
                : call is "PATCH" or "patch" && known == EntryModel.Kind.Text ? [.. Written(stored), 409]
                : fits ? Written(stored)
                : [409],
            answer => Set(answer, text, made, answer.ETag)
        );
    }

    private FuzzedRequest Batch()
    {
        var isSet = random.Next(2) == 0;
        var request = Start("POST", Caches + Cache(out var fault) + (isSet ? "/entries:batch-set" : "/entries:batch-get"), fault);
        var keys = Enumerable.Range(0, random.Next(6)).Select(_ => FuzzedKey.Next(random, client).Text!).ToArray();
        if (isSet)
        {
            Durability(request, mayBeUnavailable: false);
            Lifetime(request);
            Idempotency(request);
        }

        request.Fill(
            random,
            "[" + string.Join(',', keys.Select(key => isSet ? $$"""{"key":{{Json(key)}},"value":"b"}""" : Json(key))) + "]",
            isJson: true
        );
        return Finish(request, [200], answer =>
        {
            foreach (var key in isSet && answer.Status == 200 ? keys : [])
            {
                _entries.Set(key, EntryModel.Kind.Text, tag: null);
            }
        });
    }

    private FuzzedRequest Operate()
    {
        var call = Pick("flush", "invalidate", "expire", "preload");
        var request = Start("POST", Caches + Cache(out var fault) + "/" + call, fault);
        if (call != "flush")
        {
            request.Fill(random, $$"""{"keys":[{{Json(FuzzedKey.Next(random, client).Text!)}}]}""", isJson: true);
        }

        return Finish(request, call is "flush" or "preload" ? [200] : [204]);
    }

    private FuzzedRequest DeadLetter()
    {
        var path = Caches + Cache(out var fault) + "/dead-letters";
        switch (random.Next(4))
        {
            case 0:
                var list = Start(Pick("GET", "HEAD"), path, fault);
                list.Query.Add(Pick("max=1", "max=10000", "max=0", "max=x", "prefix=a", "prefix="));
                list.Fault(list.Query[^1] is "max=0" or "max=x" or "prefix=", 400);

                return Finish(list, [200]);
            case 1:
                var edit = Start("PUT", path + "/" + Key().Escaped, fault);
                edit.Fill(random, "better", isJson: false);
                return Finish(edit, [404, 400]);
            default:
                var some = Start(Pick("POST", "DELETE"), path, fault);
                some.Fill(random, "{\"keys\":[\"none\"]}", isJson: true);
                return Finish(some, [200]);
        }
    }

    private FuzzedRequest State()
    {
        var request = Start(
            Pick("GET", "HEAD"),
            Pick("/v1/stats", "/v1/processes", "/health/live", "/health/ready", "/metrics", "/", "/openapi/v1.json"),
            fault: null
        );
        return Finish(request, [200]);
    }

    private FuzzedRequest Nowhere()
    {
        if (random.Next(3) == 0)
        {
            return Finish(
                Start(
                    Pick("GET", "PUT", "POST"),
                    Pick(
                        "/nowhere",
                        "/v1",
                        "/v1/caches",
                        "/v1/caches/default",
                        "/v1/caches/default/what",
                        "/get",
                        "/v1/caches/default/entries",
                        "/health",
                        "/metrics/x"
                    ),
                    fault: null
                ),
                [404]
            );
        }

        var path = random.Next(5) switch
        {
            0 => "/set",
            1 => "/get/" + FuzzedKey.Next(random, client).Escaped,
            2 => Entry(FuzzedKey.Next(random, client)),
            3 => Caches + "default/" + _calls[random.Next(_calls.Length)],
            _ => Pick("/v1/stats", "/metrics", "/health/live", "/"),
        };
        return Finish(Start(_oddMethods[random.Next(_oddMethods.Length)], path, fault: null), [405]);
    }

    private FuzzedKey Key() => random.Next(10) == 0 ? FuzzedKey.Wrong(random) : FuzzedKey.Next(random, client);

    private string Entry(FuzzedKey key) => Caches + "default/entries/" + key.Escaped;

    private string Cache(out int? fault)
    {
        fault = random.Next(8) == 0 ? 404 : null;
        return fault is null ? "default" : Pick("other", "Default", "%20", "..x");
    }

    private int[] Found(FuzzedKey key, string? source) =>
        (source, key.Text is { } text && _entries[text].IsThere) switch
        {
            // What was dropped is not in the cache, what was not flushed not in the database.
            (null, var isThere) => [isThere ? 200 : 404],
            (_, true) => [200, 404],
            ("db", false) => [404, 200],
            _ => [404],
        };

    private static int[] Written(bool stored) => stored ? [200] : [200, 202];

    private void Set(FuzzedAnswer answer, string key, EntryModel.Kind kind, string? tag)
    {
        if (answer.Status is 200 or 202)
        {
            _entries.Set(key, kind, tag);
        }
    }

    private string? Source(FuzzedDraft request)
    {
        var source = random.Next(12) switch
        {
            0 => "cache",
            1 => "db",
            2 => "nowhere",
            _ => null,
        };
        if (source is not null)
        {
            request.Query.Add("source=" + source);
        }

        if (source == "nowhere")
        {
            request.Faults.Add(400);
        }

        return source;
    }

    private bool Durability(FuzzedDraft request, bool mayBeUnavailable = true)
    {
        var level = random.Next(16) switch
        {
            0 => "accepted",
            1 => "stored",
            2 => "soon",
            3 when mayBeUnavailable => "replicated",
            _ => null,
        };
        if (level is not null)
        {
            request.Query.Add("durability=" + level);
        }

        if (level is "soon" or "replicated")
        {
            request.Faults.Add(level == "soon" ? 400 : statusOfReplicated);
        }

        return level == "stored";
    }

    private void Lifetime(FuzzedDraft request)
    {
        if (random.Next(8) == 0)
        {
            var isRight = random.Next(2) == 0;
            request.Query.Add("lifetime=" + (isRight ? Pick("1h", "PT5H", "7d", "86400") : Pick("0", "-1s", "soon", "")));
            request.Fault(!isRight, 400);
        }
    }

    private void Tags(FuzzedDraft request)
    {
        if (random.Next(8) == 0)
        {
            var count = Pick("1", "16", "17") is var text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
            request.Query.AddRange(Enumerable.Range(0, count).Select(static i => $"tag=t{i}"));
            request.Fault(count > 16, 400);
        }
    }

    private void Idempotency(FuzzedDraft request)
    {
        if (random.Next(10) == 0)
        {
            var isRight = random.Next(2) == 0;
            request.Headers.Add("Idempotency-Key: " + (isRight ? $"{client}-{random.NextInt64():x}" : new string('k', 201)));
            request.Fault(!isRight, 400);
        }
    }

    private void Type(FuzzedDraft request)
    {
        if (random.Next(3) == 0)
        {
            var isRight = random.Next(4) != 0;
            request.Headers.Add(
                "Content-Type: " + (isRight ? Pick("text/plain", "application/json; charset=utf-8", "x/y") : new string('t', 300))
            );
            request.Fault(!isRight, 415);
        }
    }

    private bool Condition(FuzzedDraft request, EntryModel.Known known, bool mayBeAbsent)
    {
        switch (random.Next(16))
        {
            case 0:
                request.Headers.Add("If-Match: *");
                return known.IsThere;
            case 1 when known is { IsThere: true, Tag: not null }:
                request.Headers.Add("If-Match: " + known.Tag);
                return true;
            case 2:
                request.Headers.Add("If-Match: " + Pick("\"1\"", "\"abc\"", "W/\"1\""));
                return false;
            case 3:
                request.Headers.Add("If-Match: unquoted");
                request.Faults.Add(400);
                return false;
            case 4:
                request.Headers.Add("If-None-Match: *");
                request.Fault(!mayBeAbsent, 400);
                return !known.IsThere;
            default:
                return true;
        }
    }

    private FuzzedDraft Start(string method, string path, int? fault)
    {
        var draft = new FuzzedDraft(method, path);
        if (fault is { } status)
        {
            draft.Faults.Add(status);
        }

        if (random.Next(6) == 0)
        {
            draft.Query.Add(Pick("x=1", "", "%zz", "a=b=c", "source", "?"));
            draft.Query.RemoveAll(static one => one == "source");
        }

        if (random.Next(6) == 0)
        {
            draft.Headers.Add(
                Pick(
                    "X-Some: thing",
                    "Accept: */*",
                    "Range: bytes=0-0",
                    "Expect: nothing",
                    "TE: trailers",
                    "Cookie: a=b",
                    "If-Modified-Since: now",
                    "Content-Encoding: identity"
                )
            );
        }

        return draft;
    }

    private FuzzedRequest Finish(FuzzedDraft draft, int[] right, Action<FuzzedAnswer>? note = null)
    {
        // A method that is not known, or a cache that is not there, is all that is wrong.
        HashSet<int> statuses =
            draft.Faults.Count == 0 ? [.. right]
            : draft.Faults.Contains(404) ? [404, .. draft.Faults]
            : [.. draft.Faults];
        return new FuzzedRequest(draft.Write(random), draft.Method, statuses) { Note = note ?? (static _ => { }), MayEnd = draft.BadChunk };
    }

    private string Pick(params ReadOnlySpan<string> choices) => choices[random.Next(choices.Length)];

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
