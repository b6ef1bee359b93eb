namespace Remanso.Common;

/// <summary>The settings that name the files of a certificate, for errors.</summary>
/// <param name="Certificate">The file of the certificate.</param>
/// <param name="Key">The file of its key.</param>
/// <param name="Password">The password of the key.</param>
internal sealed record CertificateSettings(string Certificate, string Key, string Password);
