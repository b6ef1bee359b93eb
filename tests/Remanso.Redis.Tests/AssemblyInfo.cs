using Xunit;

// They wait for servers and their time limits more than they compute, so more of them run at once than there are cores.
[assembly: CollectionBehavior(MaxParallelThreads = 5)]
