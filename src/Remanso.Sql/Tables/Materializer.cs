using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;

namespace Remanso.Sql.Tables;

/// <summary>Makes objects of a row's values, by a constructor, by setting members, or both: compiled once.</summary>
/// <typeparam name="TObject">The key or the value.</typeparam>
internal static class Materializer<[DynamicallyAccessedMembers(MappedMember.Needed)] TObject>
{
    /// <summary>Compiles the maker of objects.</summary>
    /// <param name="members">The members, in the order of the values.</param>
    /// <param name="elsewhere">Members that other columns of the row hold (its version, say): a constructor gets their default.</param>
    /// <exception cref="CacheConfigurationException">A member can be given to no constructor and can't be set.</exception>
    public static Func<object?[], TObject> Compile(IReadOnlyList<MappedMember> members, IReadOnlyCollection<string> elsewhere)
    {
        if (members is [{ IsWhole: true }])
        {
            return static values => (TObject)values[0]!;
        }

        var values = Expression.Parameter(typeof(object?[]));
        var (creation, given) = Constructors(members, elsewhere, values)
            .OrderBy(candidate => members.Count(member => !candidate.Given.Contains(member) && member.Set is null))
            .ThenBy(static candidate => candidate.Given.Count)
            .FirstOrDefault();
        if (creation is null)
        {
            throw new CacheConfigurationException(
                $"{typeof(TObject).Name} can't be made of the columns {string.Join(", ", members)}: it needs a constructor "
                    + "without parameters, or one whose parameters are called like them."
            );
        }

        if (members.FirstOrDefault(member => !given.Contains(member) && member.Set is null) is { } unreachable)
        {
            throw new CacheConfigurationException(
                $"{unreachable} can't be set: it has no setter, and no constructor has a parameter of this name."
            );
        }

        var bindings = members
            .Index()
            .Where(item => !given.Contains(item.Item))
            .Select(item => (MemberBinding)Expression.Bind(item.Item.Set!, Value(values, item.Index, TypeOf(item.Item.Set!))));
        return Expression.Lambda<Func<object?[], TObject>>(Expression.MemberInit(creation, bindings), values).Compile();
    }

    private static IEnumerable<(NewExpression Creation, HashSet<MappedMember> Given)> Constructors(
        IReadOnlyList<MappedMember> members,
        IReadOnlyCollection<string> elsewhere,
        ParameterExpression values
    )
    {
        if (typeof(TObject).IsValueType)
        {
            yield return (Expression.New(typeof(TObject)), []);
        }

        foreach (var constructor in typeof(TObject).GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
        {
            var given = new HashSet<MappedMember>();
            var arguments = new List<Expression>();
            foreach (var parameter in constructor.GetParameters())
            {
                var index = IndexOf(members, parameter);
                if (index >= 0)
                {
                    given.Add(members[index]);
                    arguments.Add(Value(values, index, parameter.ParameterType));
                }
                else if (elsewhere.Contains(parameter.Name ?? string.Empty, StringComparer.OrdinalIgnoreCase))
                {
                    arguments.Add(Expression.Default(parameter.ParameterType));
                }
            }

            if (arguments.Count == constructor.GetParameters().Length)
            {
                yield return (Expression.New(constructor, arguments), given);
            }
        }
    }

    private static int IndexOf(IReadOnlyList<MappedMember> members, ParameterInfo parameter)
    {
        for (var i = 0; i < members.Count; i++)
        {
            if (
                string.Equals(members[i].Name, parameter.Name, StringComparison.OrdinalIgnoreCase)
                && members[i].Type == parameter.ParameterType
            )
            {
                return i;
            }
        }

        return -1;
    }

    private static UnaryExpression Value(ParameterExpression values, int index, Type type) =>
        Expression.Convert(Expression.ArrayIndex(values, Expression.Constant(index)), type);

    private static Type TypeOf(MemberInfo member) =>
        member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
}
