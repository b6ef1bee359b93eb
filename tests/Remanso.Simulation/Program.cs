using Remanso.Common;
using Remanso.Simulation;

// Whatever is drawn once for a process is the same in each.
Chance.Source = new Dice(0);
_ = KeyHasher.Of(string.Empty);

// On the pool's one thread, as all that follows.
return await Task.Run(() => Commands.RunAsync(args)).ConfigureAwait(false);
