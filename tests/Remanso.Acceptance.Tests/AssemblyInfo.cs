// The combinations wait for servers more than they compute, so more of them run at once than there are cores.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: AssemblyFixture(typeof(Servers))]
