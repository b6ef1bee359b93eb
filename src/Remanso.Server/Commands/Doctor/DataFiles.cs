namespace Remanso.Server.Commands.Doctor;

/// <summary>The files of this machine in which data is kept.</summary>
internal static class DataFiles
{
    public static IEnumerable<(string What, string Path)> Of(Patient patient)
    {
        if (patient.Store?.Path is { } store)
        {
            yield return ("the database", store);
        }

        if (patient.JournalPath is { } journal)
        {
            yield return ("the journal", journal);
        }
    }
}
