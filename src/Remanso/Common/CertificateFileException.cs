namespace Remanso.Common;

/// <summary>A file has no certificate with its key.</summary>
/// <param name="setting">The setting that names the file.</param>
/// <param name="problem">What is wrong, as a predicate.</param>
/// <param name="reason">The cause.</param>
internal sealed class CertificateFileException(string setting, string problem, Exception reason) : Exception($"{setting} {problem}", reason)
{
    public string Setting => setting;

    public string Problem => problem;
}
