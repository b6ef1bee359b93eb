using Remanso.Sqlite.Inspection;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the journal of the memory tier can be written.</summary>
internal sealed class JournalCheck : ICheck
{
    public string Category => Doctor.Category.Files;

    public string Name => "journal";

    public string Link => DocLink.Journal;

    public bool IsFor(Patient patient) => patient.JournalPath is not null;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var path = patient.JournalPath!;
        try
        {
            WritableFolder.Try(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Of(
                Verdict.Problem(
                    $"the journal {path} can't be written: {exception.Message.ReplaceLineEndings(" ")}",
                    "Name another path, or let this user write there."
                )
            );
        }

        var isStore = patient.Store?.Path is { } store && Path.GetFullPath(store) == Path.GetFullPath(path);
        return Of(
            isStore
                ? Verdict.Problem($"the journal {path} is the database's own file", "Give the journal a file of its own.")
                : Verdict.Ok($"{path} can be written")
        );
    }

    private static Task<IReadOnlyList<Verdict>> Of(Verdict verdict) => Task.FromResult<IReadOnlyList<Verdict>>([verdict]);
}
