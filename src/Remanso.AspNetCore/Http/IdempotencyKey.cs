using System.Net;
using System.Net.Sockets;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Http;

/// <summary>The <c>Idempotency-Key</c> of a write: the client's own name for it, so that a repetition has no second effect.</summary>
internal static class IdempotencyKey
{
    /// <summary>The longest that a client may send; entries of a batch get their place behind it.</summary>
    private const int MaxLength = 200;

    /// <summary>How many bytes of an IPv6 address one client has.</summary>
    private const int NetworkBytes = 8;

    /// <summary>The field as sent; null where there is none.</summary>
    public static string? Of(HttpRequest request)
    {
        var field = request.Headers["Idempotency-Key"];
        if (field.Count == 0)
        {
            return null;
        }

        var key = field.ToString();
        return field.Count == 1 && key.Length is > 0 and <= MaxLength && key.All(static c => c is >= '!' and <= '~')
            ? key
            : throw Problems.BadRequest($"Idempotency-Key must be one field of 1 to {MaxLength} visible characters of ASCII.");
    }

    /// <summary>Whose it is, as far as that can be told: who has signed in, else the network address of the client.
    /// Null where there is no key.</summary>
    public static string? OwnerOf(HttpRequest request)
    {
        if (request.Headers["Idempotency-Key"].Count == 0)
        {
            return null;
        }

        // Behind a proxy all clients have one address.
        var access = RemansoAccess.Of(request.HttpContext);
        if (access != RemansoAccess.Everything && access != RemansoAccess.Nothing)
        {
            return access.Id;
        }

        var address = request.HttpContext.Connection.RemoteIpAddress;
        return address switch
        {
            null => "local",
            { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
            { AddressFamily: AddressFamily.InterNetworkV6 } => NetworkOf(address),
            _ => address.ToString(),
        };
    }

    // A client has a whole network of addresses, not one.
    private static string NetworkOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes).ToString();
    }
}
