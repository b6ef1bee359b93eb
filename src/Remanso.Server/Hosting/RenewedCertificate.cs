using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Remanso.Common;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>The certificate of https endpoints, as its files have it now: one that is renewed is shown to new connections.
/// The files are looked at once a second at most, by who connects.</summary>
internal sealed class RenewedCertificate
{
    private static readonly TimeSpan _betweenLooks = TimeSpan.FromSeconds(1);

    private readonly CertificateFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _section;
    private SslStreamCertificateContext _shown;
    private long _looked;

    /// <param name="section">The certificate's settings, as Kestrel has them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of renewals, and of files that can't be read later.</param>
    /// <exception cref="SettingException">The files have no certificate with its key.</exception>
    public RenewedCertificate(IConfigurationSection section, TimeProvider time, ILogger logger)
    {
        _section = section.Path;
        _time = time;
        _logger = logger;
        _files = new CertificateFiles(
            KestrelSettings.FileOf(section["Path"]!),
            section["KeyPath"] is { Length: > 0 } key ? KestrelSettings.FileOf(key) : null,
            section["Password"],
            new CertificateSettings($"{section.Path}:Path", $"{section.Path}:KeyPath", $"{section.Path}:Password")
        );
        try
        {
            _shown = _files.Get(static _ => { });
        }
        catch (CertificateFileException exception)
        {
            throw new SettingException(exception.Message);
        }

        _looked = time.GetTimestamp();
    }

    /// <summary>What to show to who connects now.</summary>
    public SslStreamCertificateContext Shown
    {
        get
        {
            var looked = Volatile.Read(ref _looked);
            var now = _time.GetTimestamp();
            if (
                _time.GetElapsedTime(looked, now) >= _betweenLooks
                && Interlocked.CompareExchange(ref _looked, now, looked) == looked
                && _files.Get(error => _logger.CertificateNotRenewed(_section, error.Message)) is var shown
                && shown != Interlocked.Exchange(ref _shown, shown)
            )
            {
                _logger.CertificateRenewed(_section, shown.TargetCertificate.NotAfter.ToUniversalTime());
            }

            return Volatile.Read(ref _shown);
        }
    }

    /// <summary>Shows it instead of the one that was there at the start.</summary>
    public void Show(ConnectionContext connection, SslServerAuthenticationOptions options) => options.ServerCertificateContext = Shown;
}
