using System.Globalization;
using System.Text;

namespace Remanso.Client.Http;

/// <summary>Builds the query of a call.</summary>
internal sealed class ApiQuery
{
    private readonly StringBuilder _text = new();

    public ApiQuery Add(string name, string? value)
    {
        if (value is not null)
        {
            ApiPath.CheckText(value, name);
            _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    public ApiQuery Add(string name, TimeSpan? value) =>
        value is { } time
            ? Add(name, ((decimal)time.Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture))
            : this;

    public ApiQuery Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public ApiQuery Add(string name, IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            ApiPath.CheckText(value, name);
            Add(name, value);
        }

        return this;
    }

    public override string ToString() => _text.ToString();
}
