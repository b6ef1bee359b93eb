using Remanso.Baselines;

const string Help = """
    What Remanso is measured against.

      empty [--body-bytes N] [--urls URL]     a fixed JSON answer of N bytes (120) to every request, and nothing else
      echo [--urls URL]                       POST /set: the JSON body read into an object and written back
      direct-postgres --postgres CONNECTION-STRING [--urls URL]
                                              POST /set: every request one upsert, straight into the database
      sqlite-loop [--rows N] [--batch N] [--value-bytes N]
                                              a prepared, guarded upsert in a loop: rows per second, fresh and updated
    """;

switch (args)
{
    case ["empty", .. var rest]:
        await HttpBaselines.Empty(rest).RunAsync();
        return 0;
    case ["echo", .. var rest]:
        await HttpBaselines.Echo(rest).RunAsync();
        return 0;
    case ["direct-postgres", .. var rest]:
        await DirectPostgres.RunAsync(rest);
        return 0;
    case ["sqlite-loop", .. var rest]:
        SqliteLoop.Run(new ConfigurationBuilder().AddCommandLine(rest).Build());
        return 0;
    case ["--help" or "-h"]:
        Console.WriteLine(Help);
        return 0;
    default:
        Console.Error.WriteLine(Help);
        return 2;
}
