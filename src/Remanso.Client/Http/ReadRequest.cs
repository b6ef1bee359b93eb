using System.Globalization;

namespace Remanso.Client.Http;

/// <summary>What a read's options are in a request, and what its answer says.</summary>
internal static class ReadRequest
{
    private static readonly string[] _noErrors = ["absent-key", "not-cached"];

    public static ApiCall Of(string path, EntryReadOptions? options)
    {
        options ??= new EntryReadOptions();
        var query = new ApiQuery().Add("source", NameOf(options.Source)).Add("timeout", options.Timeout);
        List<KeyValuePair<string, string>> fields = [];
        if (options.UnlessVersion is { } version)
        {
            fields.Add(new("If-None-Match", ApiFields.TagOf(version, nameof(options.UnlessVersion))));
        }

        if (DirectivesOf(options) is { Length: > 0 } directives)
        {
            fields.Add(new("Cache-Control", directives));
        }

        return new ApiCall(HttpMethod.Get, path + query)
        {
            Fields = fields,
            IsRepeatable = true,
            Tolerated = _noErrors,
        };
    }

    public static EntryAnswer AnswerOf(ApiResponse response)
    {
        var status = response.Field("Cache-Status");
        if (response.Error is { } error)
        {
            var isCached = error.Code == "absent-key" && ApiFields.OutcomeOf(status) != EntryOutcome.NotCached;
            return new EntryAnswer
            {
                Outcome = isCached ? EntryOutcome.Absent : EntryOutcome.NotCached,
                Version = error.Version ?? 0,
                CacheStatus = status,
            };
        }

        if (!IsOfTheApi(response, status))
        {
            throw ApiErrors.NotOfTheApi(response.Status);
        }

        return new EntryAnswer
        {
            Outcome = response.Status == 304 ? EntryOutcome.NotModified : ApiFields.OutcomeOf(status),
            Value = response.Body,
            ContentType = response.ContentType,
            Version = response.Version,
            IsDirty = response.Field("Remanso-State") == "dirty",
            Age = response.Headers.Age,
            Tags = ApiFields.TagsOf(response.Field("Remanso-Tags")),
            CacheStatus = status,
        };
    }

    // Any body may be a value. One field of the API's is enough, for proxies leave some out.
    private static bool IsOfTheApi(ApiResponse response, string? status) =>
        response.Version > 0
        || response.Field("Remanso-State") is not null
        || status?.Contains("Remanso", StringComparison.Ordinal) == true;

    private static string DirectivesOf(EntryReadOptions options)
    {
        List<string> directives = [];
        Add("max-age", nameof(options.MaxAge), options.MaxAge);
        Add("stale-if-error", nameof(options.StaleIfError), options.StaleIfError);
        if (options.OnlyIfCached)
        {
            directives.Add("only-if-cached");
        }

        if (options.Source != EntrySource.CacheThenStore && (directives.Count > 0 || options.Timeout is not null))
        {
            throw new ArgumentException("Source excludes MaxAge, StaleIfError, OnlyIfCached and Timeout.", nameof(options));
        }

        return string.Join(", ", directives);

        void Add(string directive, string option, TimeSpan? age)
        {
            if (age is { } time)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, option);
                directives.Add(string.Create(CultureInfo.InvariantCulture, $"{directive}={(long)time.TotalSeconds}"));
            }
        }
    }

    private static string? NameOf(EntrySource source) =>
        source switch
        {
            EntrySource.CacheThenStore => null,
            EntrySource.Cache => "cache",
            EntrySource.Store => "db",
            _ => throw new ArgumentOutOfRangeException(nameof(source), source, "There is no such source."),
        };
}
