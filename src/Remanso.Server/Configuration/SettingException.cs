namespace Remanso.Server.Configuration;

/// <summary>A setting is wrong; the message is one line and names it.</summary>
internal sealed class SettingException(string message) : Exception(message);
