using System.Runtime.InteropServices;

namespace Remanso.MySql.Tables;

/// <summary>A statement over many rows: what stands before, between and behind them.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RowsStatement(string Head, string Separator, string Tail);
