using System.Reflection;
using System.Reflection.Emit;

namespace Remanso.Architecture.Tests.Conformance;

/// <summary>
/// Finds out which types a class constructs, itself or through the helpers that it uses: test beds, fixtures, providers.
/// </summary>
/// <remarks>
/// The code is asked and not a name or an attribute, because both can say one thing while the suite runs against another.
/// </remarks>
internal static class Construction
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The types that <paramref name="root"/> constructs.</summary>
    /// <param name="root">Where to begin.</param>
    /// <param name="isHelper">Whether what a used type constructs counts, too.</param>
    public static IReadOnlySet<Type> By(Type root, Func<Type, bool> isHelper)
    {
        var constructed = new HashSet<Type>();
        var seen = new HashSet<Type> { root };
        var open = new Queue<Type>(seen);
        while (open.TryDequeue(out var type))
        {
            var calls = WithNested(type).SelectMany(MethodsOf).SelectMany(MethodCalls.In).ToArray();
            constructed.UnionWith(
                calls.Where(static call => call.Instruction == OpCodes.Newobj).Select(static call => call.Target.DeclaringType!)
            );
            foreach (var used in calls.SelectMany(static call => TypesOf(call.Target)).Concat(DeclaredBy(type)))
            {
                if (isHelper(used) && seen.Add(used))
                {
                    open.Enqueue(used);
                }
            }
        }

        return constructed;
    }

    // Lambdas, iterators and async methods are compiled into nested types.
    private static IEnumerable<Type> WithNested(Type type) => type.GetNestedTypes(Declared).SelectMany(WithNested).Prepend(type);

    private static IEnumerable<MethodBase> MethodsOf(Type type) =>
        type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared));

    private static IEnumerable<Type> TypesOf(MethodBase target) =>
        (target.IsGenericMethod ? target.GetGenericArguments() : []).Append(target.DeclaringType!);

    // A fixture is handed to the constructor, or named as a type argument of a base class or interface.
    private static IEnumerable<Type> DeclaredBy(Type type) =>
        type.GetInterfaces()
            .Append(type.BaseType)
            .OfType<Type>()
            .SelectMany(static named => named.GetGenericArguments().Append(named))
            .Concat(
                type.GetConstructors(Declared)
                    .SelectMany(static constructor => constructor.GetParameters())
                    .Select(static one => one.ParameterType)
            );
}
