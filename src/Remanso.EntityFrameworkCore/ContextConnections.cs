using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Common;
using Remanso.Sql.Tables;

namespace Remanso.EntityFrameworkCore;

/// <summary>Connections as a context opens them, with all that is configured for it (interceptors, tokens instead of
/// passwords, data sources): a context of its own for each, so nothing is tracked.</summary>
internal sealed class ContextConnections<TContext>(IServiceProvider services) : ITableConnections
    where TContext : DbContext
{
    public async ValueTask<TableConnection> OpenAsync(bool forWrites, CancellationToken cancellationToken)
    {
        var (context, owner) = Create();
        try
        {
            // Past the context's execution strategy: the cache repeats what fails itself, and is to see it as it is.
            var connection = context.GetService<IRelationalConnection>();
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return new TableConnection(context.Database.GetDbConnection(), owner, SourceOf(connection));
        }
        catch
        {
            await owner.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A context, and what to dispose after its use: from the application's factory where it has one, else from a scope.</summary>
    public (TContext Context, IAsyncDisposable Owner) Create()
    {
        // A factory may be a scope's as well.
        var scope = services.CreateAsyncScope();
        try
        {
            return scope.ServiceProvider.GetService<IDbContextFactory<TContext>>() is { } factory
                ? Own(factory.CreateDbContext(), scope)
                : (scope.ServiceProvider.GetRequiredService<TContext>(), scope);
        }
        catch
        {
            Disposal.Run(scope);
            throw;
        }
    }

    // A provider that knows data sources has a property for it, which no interface of the framework names.
    private static DbDataSource? SourceOf(IRelationalConnection connection) =>
        connection.GetType().GetProperty("DbDataSource")?.GetValue(connection) as DbDataSource;

    private static (TContext, IAsyncDisposable) Own(TContext made, AsyncServiceScope scope) => (made, new MadeContext(made, scope));

    /// <summary>What a factory made is no part of the scope.</summary>
    private sealed class MadeContext(TContext context, AsyncServiceScope scope) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using (scope.ConfigureAwait(false))
            {
                await context.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
