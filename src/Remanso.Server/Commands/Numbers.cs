using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Remanso.Server.Commands;

/// <summary>Options that are numbers within bounds.</summary>
internal static class Numbers
{
    public static Option<int> Whole(string name, string description, int unlessSet, int least, int most) =>
        Of(name, description, unlessSet, least, most);

    public static Option<double> Any(string name, string description, double unlessSet, double least, double most) =>
        Of(name, description, unlessSet, least, most);

    private static Option<T> Of<T>(string name, string description, T unlessSet, T least, T most)
        where T : INumber<T>
    {
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => unlessSet,
        };
        option.Validators.Add(result =>
        {
            // Written so that what is not a number is refused, too.
            if (result.TryGet<T>(out var value) && !(value >= least && value <= most))
            {
                result.AddError($"{name} must be {least} to {most}.");
            }
        });
        return option;
    }

    /// <summary>What an option has been given, for those who look at it while the line is parsed.</summary>
    /// <returns>False where it can't be read, which is an error of the line already.</returns>
    public static bool TryGet<T>(this OptionResult result, [MaybeNullWhen(false)] out T value)
    {
        try
        {
            value = result.GetValueOrDefault<T>();
            return value is not null;
        }
        catch (InvalidOperationException)
        {
            value = default;
            return false;
        }
    }
}
