using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;

namespace Remanso.Sql.Tables;

/// <summary>A property or field of a key or value that a column is read from and into; or the key or value itself.</summary>
internal sealed class MappedMember
{
    /// <summary>What must not be trimmed of a type that is mapped: what makes it, and what is set or read.</summary>
    public const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicConstructors
        | DynamicallyAccessedMemberTypes.NonPublicConstructors
        | DynamicallyAccessedMemberTypes.PublicProperties
        | DynamicallyAccessedMemberTypes.NonPublicProperties
        | DynamicallyAccessedMemberTypes.PublicFields
        | DynamicallyAccessedMemberTypes.NonPublicFields;

    private MappedMember(Type owner, string name, Type type, Func<object, object?> get, MemberInfo? set)
    {
        Owner = owner;
        Name = name;
        Type = type;
        Get = get;
        Set = set;
        AcceptsNull = !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;
    }

    /// <summary>The type that has the member.</summary>
    public Type Owner { get; }

    /// <summary>Its name, by which constructor parameters are found; empty for the object itself.</summary>
    public string Name { get; }

    public Type Type { get; }

    public bool AcceptsNull { get; }

    public bool IsWhole => Name.Length == 0;

    public Func<object, object?> Get { get; }

    /// <summary>What to set when the object is made; null where only a constructor can.</summary>
    public MemberInfo? Set { get; }

    /// <summary>The object itself.</summary>
    public static MappedMember Whole(Type type) => new(type, string.Empty, type, static owner => owner, set: null);

    /// <summary>A property or field; what is read may be another member than what is set, as a property and its field.</summary>
    public static MappedMember Of(Type owner, string name, MemberInfo get, MemberInfo? set)
    {
        var parameter = Expression.Parameter(typeof(object));
        var member = Expression.MakeMemberAccess(Expression.Convert(parameter, owner), get);
        return new MappedMember(
            owner,
            name,
            member.Type,
            Expression.Lambda<Func<object, object?>>(Expression.Convert(member, typeof(object)), parameter).Compile(),
            set
        );
    }

    /// <summary>The member that an expression names: <c>o => o.Total</c>, or <c>o => o</c>.</summary>
    /// <exception cref="ArgumentException">It is anything else.</exception>
    public static MappedMember Of(LambdaExpression expression)
    {
        var body = expression.Body is UnaryExpression { NodeType: ExpressionType.Convert } convert ? convert.Operand : expression.Body;
        var owner = expression.Parameters[0].Type;
        if (body == expression.Parameters[0])
        {
            return Whole(owner);
        }

        if (body is not MemberExpression member || member.Expression != expression.Parameters[0])
        {
            throw new ArgumentException(
                $"'{expression}' is no property or field of {owner.Name}: write it as o => o.Property.",
                nameof(expression)
            );
        }

        var settable = member.Member is PropertyInfo { CanWrite: true } or FieldInfo { IsInitOnly: false } ? member.Member : null;
        return Of(owner, member.Member.Name, member.Member, settable);
    }

    public override string ToString() => IsWhole ? Owner.Name : $"{Owner.Name}.{Name}";
}
