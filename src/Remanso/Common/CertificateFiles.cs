using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remanso.Common;

/// <summary>A certificate of ours, from its files: read anew where they have changed. Certificate and key are two files,
/// and seldom change in one moment: while they do not fit, the last pair that did is shown.</summary>
internal sealed class CertificateFiles(string certificateFile, string? keyFile, string? password, CertificateSettings settings)
{
    private readonly Lock _gate = new();
    private (byte[] Certificate, byte[] Key)? _seen;
    private SslStreamCertificateContext? _last;
    private string? _told;

    /// <summary>What to show to the other side.</summary>
    /// <param name="notRenewed">Is told why the last pair that fits is shown instead of what is in the files; once, not by
    /// each connection.</param>
    /// <exception cref="CertificateFileException">Names the setting: there never was a pair that fits.</exception>
    public SslStreamCertificateContext Get(Action<CertificateFileException> notRenewed)
    {
        lock (_gate)
        {
            try
            {
                // By what they hold: two files may be of one length, and of one tick of a file system's clock.
                var certificate = Read(certificateFile, settings.Certificate);
                var key = keyFile is null ? certificate : Read(keyFile, settings.Key);
                if (_seen is not { } seen || !seen.Certificate.AsSpan().SequenceEqual(certificate) || !seen.Key.AsSpan().SequenceEqual(key))
                {
                    _last = Load(certificate, key);
                    _seen = (certificate, key);
                }

                _told = null;
            }
            catch (CertificateFileException error) when (_last is not null)
            {
                // The half of a change, perhaps: looked at again with the next connection.
                if (error.Message != _told)
                {
                    _told = error.Message;
                    notRenewed(error);
                }
            }

            return _last!;
        }
    }

    private SslStreamCertificateContext Load(byte[] certificate, byte[] key)
    {
        try
        {
            if (keyFile is null && !IsPem(certificate))
            {
                return LoadPkcs12(certificate);
            }

            var (certificates, keys) = (PemOf(certificate), Text(key));
            using var pair = password is null
                ? X509Certificate2.CreateFromPem(certificates, keys)
                : X509Certificate2.CreateFromEncryptedPem(certificates, keys, password);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificates);
            // By way of PKCS #12, for on Windows a key that is in memory alone is of no use to TLS.
            var own = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        // NotSupportedException: there is a certificate, and no key.
        catch (Exception error) when (error is CryptographicException or ArgumentException or NotSupportedException)
        {
            var (setting, what) = keyFile is null
                ? (settings.Certificate, $"has no certificate with its key, or needs another {settings.Password}")
                : (
                    settings.Key,
                    $"has no key that fits the certificate in {certificateFile} and {settings.Password}, or that is not in PEM"
                );
            throw new CertificateFileException(setting, $"names {keyFile ?? certificateFile}, which {what}", error);
        }
    }

    private SslStreamCertificateContext LoadPkcs12(byte[] certificate)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(certificate, password);
        var own = all.FirstOrDefault(static one => one.HasPrivateKey) ?? throw new CryptographicException("It has no private key.");
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    // Whose key is another file may be in DER as well: one certificate, without those behind it.
    private string PemOf(byte[] certificate)
    {
        if (IsPem(certificate))
        {
            return Text(certificate);
        }

        try
        {
            using var one = X509CertificateLoader.LoadCertificate(certificate);
            return one.ExportCertificatePem();
        }
        catch (CryptographicException error)
        {
            throw new CertificateFileException(
                settings.Certificate,
                $"names {certificateFile}, which is no certificate in PEM or DER; PKCS #12 has its key, and goes without {settings.Key}",
                error
            );
        }
    }

    private static bool IsPem(byte[] certificate) => Text(certificate).Contains("-----BEGIN", StringComparison.Ordinal);

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static byte[] Read(string path, string setting)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CertificateFileException(setting, $"names {path}, which can't be read: {error.Message}", error);
        }
    }
}
