using Microsoft.EntityFrameworkCore;

namespace Preferences;

/// <summary>The table with a hundred users, who all like the same before the program begins.</summary>
internal static class PreferencesTable
{
    public const int Users = 100;

    public static async Task PrepareAsync(PreferencesContext context)
    {
        await context.Database.ExecuteSqlRawAsync(
            """
            CREATE TABLE IF NOT EXISTS sample_preference (
                user_id integer PRIMARY KEY,
                theme text NOT NULL,
                language text NOT NULL,
                emails_per_week integer NOT NULL,
                row_version bigint NOT NULL DEFAULT 0,
                deleted boolean NOT NULL DEFAULT false)
            """
        );
        await context.Preferences.IgnoreQueryFilters().ExecuteDeleteAsync();
        context.AddRange(
            Enumerable
                .Range(1, Users)
                .Select(static user => new Preference
                {
                    UserId = user,
                    Theme = "light",
                    Language = "en",
                    EmailsPerWeek = 7,
                })
        );
        await context.SaveChangesAsync();
    }
}
