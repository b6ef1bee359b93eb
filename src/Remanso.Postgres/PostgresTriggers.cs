namespace Remanso.Postgres;

/// <summary>The triggers of <c>Schema/notify.sql</c>.</summary>
internal static class PostgresTriggers
{
    /// <summary>Whether all of them are there, and fire: an expression, of the table that <c>$1</c> names.</summary>
    /// <remarks>Those of an earlier version told of a partition on a channel of its own, which nobody hears.</remarks>
    public const string AreThere = """
        (SELECT count(*) = 4
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgrelid = $1::regclass AND t.tgenabled IN ('O', 'A')
        AND t.tgname IN ('remanso_updated', 'remanso_inserted', 'remanso_deleted', 'remanso_truncated')
        AND (c.relkind <> 'p' OR p.prosrc LIKE '%pg_partition_root%'))
        """;
}
