global using Xunit;

// Each test starts servers of its own and mostly waits for them: two classes at a time keep two cores busy.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: TestCollectionOrderer("Workers.Server.Tests.LongestFirst", "Workers.Server.Tests")]
