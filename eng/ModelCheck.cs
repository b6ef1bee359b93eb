// Part of every project of a build with -p:ModelCheck=true, and nothing else is another there: the same sources, with what the scheduler of
// tests/Remanso.Schedules does not know put as what it knows.

// It knows monitors, and not System.Threading.Lock: as an object it is a monitor.
// It knows tasks, and not what this overload makes of one.
global using Remanso.ModelCheck;
global using ConfigureAwaitOptions = Remanso.ModelCheck.AwaitOptions;
global using Lock = System.Object;
