global using Workers.Testing;
global using Xunit;

// They mostly wait: for processes to start, for limits to be over.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
