using System.Data.Common;
using System.Net.Sockets;

namespace Remanso.Stores;

/// <summary>Tells transient store errors from permanent ones, for stores that do not say it themselves.</summary>
internal static class StoreErrors
{
    public static bool IsTransient(Exception exception) => exception switch
    {
        StoreException store => store.IsTransient,
        DbException db => db.IsTransient,
        TimeoutException or IOException or SocketException or OperationCanceledException => true,
        _ => false,
    };
}
