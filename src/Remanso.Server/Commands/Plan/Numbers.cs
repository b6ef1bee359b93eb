using System.CommandLine;
using System.Numerics;

namespace Remanso.Server.Commands.Plan;

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
            if (result.GetValueOrDefault<T>() is { } value && !(value >= least && value <= most))
            {
                result.AddError($"{name} must be {least} to {most}.");
            }
        });
        return option;
    }
}
