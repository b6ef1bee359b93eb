using Microsoft.EntityFrameworkCore;

namespace Remanso.EntityFrameworkCore.Tests;

public sealed class SqliteEntityTests : EntityCacheSuite
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-entities-");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    protected override Task<EntityBed> CreateBedAsync()
    {
        var file = Path.Combine(_folder.FullName, $"shop_{Guid.NewGuid():N}.db");
        return EntityBed.CreateAsync(
            options => options.UseSqlite($"Data Source={file};Pooling=False"),
            static remanso => remanso.UseSqliteTables()
        );
    }
}
