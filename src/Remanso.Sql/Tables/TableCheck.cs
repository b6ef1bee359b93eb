using Remanso.Entries;
using Remanso.ReadThrough;

namespace Remanso.Sql.Tables;

/// <summary>Whether a table can hold what a mapping wants of it: a pure function of both.</summary>
internal static class TableCheck
{
    /// <summary>What stands against it, in one line that names table and cache, with the statement that would mend it
    /// where there is one; null for nothing.</summary>
    public static string? Problem(string cache, TablePlan plan, TableShape? shape, ITableDialect dialect)
    {
        if (shape is null)
        {
            return $"The table {plan.Table} of the cache '{cache}' does not exist.";
        }

        if (!shape.Columns.ContainsKey(plan.Version))
        {
            return $"The table {plan.Table} of the cache '{cache}' has no version column '{plan.Version}', without which an "
                + "older write could replace a newer one; "
                + $"add it: {dialect.AddVersionColumn(plan.Table, plan.Version)}";
        }

        var missing = plan.AllColumns.Where(column => !shape.Columns.ContainsKey(column)).ToArray();
        if (missing.Length > 0)
        {
            return $"The table {plan.Table} of the cache '{cache}' lacks mapped columns: {string.Join(", ", missing)}.";
        }

        if (
            plan
                .AllColumns.GroupBy(column => shape.Columns[column].Name, StringComparer.Ordinal)
                .FirstOrDefault(static names => names.Distinct(StringComparer.Ordinal).Count() > 1) is
            { } twice
        )
        {
            return $"The mapping of the cache '{cache}' has two names for the column {twice.Key} of the table {plan.Table}: "
                + $"{string.Join(", ", twice)}.";
        }

        string[] keys = [.. plan.Keys.Select(static key => key.Name)];
        if (
            !shape.UniqueKeys.Any(unique =>
                unique.Count == keys.Length
                && unique.All(column => keys.Contains(shape.Columns[column].Name, StringComparer.OrdinalIgnoreCase))
            )
        )
        {
            return $"The table {plan.Table} of the cache '{cache}' has no unique index on its key ({string.Join(", ", keys)}) alone"
                + (
                    shape.IsView
                        ? ", and can't have one, for it is a view or the like: map the table behind it."
                        : $"; add it: {dialect.AddUniqueKey(plan.Table, keys)}"
                );
        }

        var mapped = plan.AllColumns.Select(column => shape.Columns[column].Name).ToHashSet(StringComparer.Ordinal);
        if (
            shape.Columns.Values.FirstOrDefault(column => !column.IsNullable && !column.FillsItself && !mapped.Contains(column.Name)) is
            { } needed
        )
        {
            return $"The table {plan.Table} of the cache '{cache}' needs a value for its column {needed.Name}, which is not "
                + "mapped: it can't be NULL and has no default.";
        }

        if (plan.Expiry is { } expiry && !shape.Columns[expiry].IsNullable)
        {
            return $"The column {expiry} of the table {plan.Table} of the cache '{cache}' must take NULL, which stands for "
                + "no end of the lifetime.";
        }

        if (plan.AllColumns.FirstOrDefault(column => shape.Columns[column].IsGenerated) is { } generated)
        {
            return Unusable(cache, plan, $"the column {generated} is generated, so it can't be written.");
        }

        return dialect.Objections(plan, shape).FirstOrDefault() is { } objection ? Unusable(cache, plan, objection) : null;
    }

    /// <summary>An objection as a line.</summary>
    public static string Unusable(string cache, TablePlan plan, string objection) =>
        $"The table {plan.Table} of the cache '{cache}' can't be used: {objection}";

    /// <summary>Whether the version column is of another scale than versions are: none of the rows that were looked at has
    /// one that could be kept. A few of them are errors of their keys alone.</summary>
    public static string? VersionProblem(string cache, TablePlan plan, IReadOnlyList<long> versions) =>
        versions.Count > 0 && !versions.Any(RowVersion.IsSound)
            ? $"The table {plan.Table} of the cache '{cache}' has versions such as {versions[0]} in its column {plan.Version}; versions "
                + $"are 0 to {VersionIssuer.Highest} (2^53 - 1): bring the column to that scale, or set it to 0."
            : null;
}
