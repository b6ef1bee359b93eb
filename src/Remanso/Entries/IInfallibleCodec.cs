namespace Remanso.Entries;

/// <summary>A codec that decodes any bytes: no copy is ever unreadable to it.</summary>
internal interface IInfallibleCodec;
