using Microsoft.EntityFrameworkCore;

namespace Preferences;

/// <summary>The application's model. For the cache it has two columns more: the version of a row, and whether it is deleted.</summary>
internal sealed class PreferencesContext(DbContextOptions<PreferencesContext> options) : DbContext(options)
{
    public DbSet<Preference> Preferences => Set<Preference>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var preference = modelBuilder.Entity<Preference>();
        preference.ToTable("sample_preference");
        preference.HasKey(static row => row.UserId);
        preference.Property(static row => row.UserId).HasColumnName("user_id").ValueGeneratedNever();
        preference.Property(static row => row.Theme).HasColumnName("theme");
        preference.Property(static row => row.Language).HasColumnName("language");
        preference.Property(static row => row.EmailsPerWeek).HasColumnName("emails_per_week");
        preference.Property<long>("RowVersion").HasColumnName("row_version").IsConcurrencyToken();
        preference.Property<bool>("Deleted").HasColumnName("deleted");
        preference.HasQueryFilter(static row => !EF.Property<bool>(row, "Deleted"));
    }
}
