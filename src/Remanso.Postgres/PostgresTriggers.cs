namespace Remanso.Postgres;

/// <summary>The triggers of <c>Schema/notify.sql</c>.</summary>
internal static class PostgresTriggers
{
    /// <summary>Whether all of them are there, and fire: an expression, of the table that <c>$1</c> names.</summary>
    public const string AreThere = $"(SELECT count(*) FILTER (WHERE {Fires}) = 4 {FromThem})";

    /// <summary>Where all of them are there, and some are disabled, what enables these: actions of an <c>ALTER TABLE</c>; else null.
    /// An expression, of the table that <c>$1</c> names.</summary>
    public const string Enabling = $"""
        (SELECT CASE WHEN count(*) = 4
            THEN string_agg('ENABLE TRIGGER ' || t.tgname, ', ' ORDER BY t.tgname) FILTER (WHERE NOT {Fires}) END
        {FromThem})
        """;

    private const string Fires = "t.tgenabled IN ('O', 'A')";

    // Those of an earlier version told of a partition on a channel of its own, which nobody hears.
    private const string FromThem = """
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgrelid = $1::regclass
        AND t.tgname IN ('remanso_updated', 'remanso_inserted', 'remanso_deleted', 'remanso_truncated')
        AND (c.relkind <> 'p' OR p.prosrc LIKE '%pg_partition_root%')
        """;
}
