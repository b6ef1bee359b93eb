namespace Remanso.Server.Tests.Hosting;

/// <summary>What a start says to wrong addresses, certificates, hosts and logs.</summary>
public sealed class ListeningSettingsStartTests
{
    [Theory]
    [InlineData("--urls=http://u:secret@localhost:1", "urls must be addresses")]
    [InlineData("--urls=https://127.0.0.1:0", "urls: https needs a certificate: set Kestrel:Certificates:Default:Path")]
    [InlineData("--Kestrel:Certificates:Default:Path=none.pfx", "Kestrel:Certificates:Default:Path names /", "--urls=https://127.0.0.1:0")]
    [InlineData(
        "--Kestrel:Limits:MaxRequestBodySize=1",
        "Kestrel:Limits can't be set here; under Kestrel there are Endpoints, EndpointDefaults, Certificates"
    )]
    [InlineData("--Kestrel:AddServerHeader=true", "Kestrel:AddServerHeader can't be set here")]
    [InlineData("--Kestrel:Certificates:Defalt:Path=x", "Kestrel:Certificates:Defalt is not a known setting; there are Default, ")]
    [InlineData("--Remanso:Security:Hosts=a.example;http://foo.example", "Remanso:Security:Hosts must be names such as cache.example.com")]
    [InlineData("--urls=;", "urls must be addresses")]
    [InlineData("--urls=http://unix:relative.sock", "urls must be addresses")]
    [InlineData("--urls=http://local host:1", "urls must be addresses")]
    [InlineData(
        "--urls=http://localhost:1/base",
        "urls must be addresses such as http://localhost:8000, without a path, separated by ';', but has one of another form (it is not"
    )]
    [InlineData("--urls=http://unix:/no/such/s.sock", "urls: the folder /no/such of the Unix socket is not there; make it first")]
    [InlineData(
        "--Kestrel:Endpoints:A:Url=http://unix:/no/such/s.sock",
        "Kestrel:Endpoints:A:Url: the folder /no/such of the Unix socket is not there",
        "--urls="
    )]
    [InlineData("--Kestrel:Endpoints:Public:Uri=http://127.0.0.1:0", "Kestrel:Endpoints:Public:Url is missing")]
    [InlineData("--Kestrel:Endpoints:Public:Url=http://127.0.0.1:0", "urls and Kestrel:Endpoints both say where to listen")]
    [InlineData(
        "--Remanso:Security:ClientAuthority=ca.pem",
        "Remanso:Security:ClientAuthority: nobody is asked for a certificate at http:"
    )]
    [InlineData("--Logging:Foo=1", "Logging:Foo is not a known setting; there are LogLevel, CaptureScopes, Console")]
    [InlineData("--Logging:Consol:X=1", "Logging:Consol is not a known setting")]
    [InlineData("--Logging:Console:Colours=1", "Logging:Console:Colours is not a known setting; there are LogLevel, ")]
    [InlineData("--Logging:Console:FormatterOptions:Foo=1", "Logging:Console:FormatterOptions:Foo is not a known setting")]
    [InlineData(
        "--Logging:Console:FormatterOptions:JsonWriterOptions:Foo=1",
        "Logging:Console:FormatterOptions:JsonWriterOptions:Foo is not a known setting"
    )]
    [InlineData("--Logging:LogLevel:Default=Verbose", "Logging:LogLevel:Default must be Trace, Debug, Information, Warning, Error")]
    [InlineData("--Logging:Console:LogLevel:Remanso.Flush=7", "Logging:Console:LogLevel:Remanso.Flush must be Trace, Debug")]
    [InlineData("--Logging:CaptureScopes=x", "Logging:CaptureScopes must be true or false, but is x")]
    [InlineData(
        "--Logging:Console:FormatterOptions:UseUtcTimestamp=maybe",
        "Logging:Console:FormatterOptions has a value that can't be read: "
    )]
    [InlineData("--Logging:Console:MaxQueueLength=0", "Logging:Console has a value that can't be read: ")]
    [InlineData(
        "--Kestrel:Endpoints:A:Url=localhost:8000",
        "Kestrel:Endpoints:A:Url must be an address such as http://localhost:8000, but is localhost:8000",
        "--urls="
    )]
    [InlineData("--Logging:Console:FormatterName=xml", "Logging:Console:FormatterName must be simple, json or systemd, but is xml")]
    [InlineData("--urls=nonsense", "urls must be addresses such as http://localhost:8000")]
    [InlineData("--urls=http://localhost:99999", "urls must be addresses")]
    [InlineData("--urls=ftp://localhost:80", "urls must be addresses")]
    public Task A_wrong_setting_stops_the_start_with_one_line_that_names_it(string argument, string expected, params string[] others) =>
        WrongStart.IsToldAsync(argument, expected, others);
}
