using System.Reflection;
using System.Reflection.Emit;

namespace Remanso.Architecture.Tests.Conformance;

/// <summary>Reads the methods that a method calls out of its IL (ECMA-335, partition III).</summary>
internal static class MethodCalls
{
    private const int TwoBytePrefix = 0xFE;

    private static readonly Dictionary<short, OpCode> _opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value);

    /// <summary>The methods called, constructed with or pointed to, each with the instruction that does.</summary>
    public static IEnumerable<(OpCode Instruction, MethodBase Target)> In(MethodBase method)
    {
        var il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var at = 0;
        while (at < il.Length)
        {
            var code = _opCodes[il[at] == TwoBytePrefix ? (short)((il[at++] << 8) | il[at++]) : il[at++]];
            if (code.OperandType == OperandType.InlineMethod)
            {
                yield return (code, Resolve(method, BitConverter.ToInt32(il, at)));
            }

            at += OperandSize(code, il, at);
        }
    }

    private static MethodBase Resolve(MethodBase within, int token) =>
        within.Module.ResolveMethod(
            token,
            within.DeclaringType?.GetGenericArguments(),
            within.IsGenericMethod ? within.GetGenericArguments() : null
        )!;

    private static int OperandSize(OpCode code, byte[] il, int at) =>
        code.OperandType switch
        {
            OperandType.InlineNone => 0,
            OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
            OperandType.InlineVar => 2,
            OperandType.InlineI8 or OperandType.InlineR => 8,
            OperandType.InlineSwitch => 4 * (1 + BitConverter.ToInt32(il, at)),
            _ => 4,
        };
}
