global using Xunit;

// Each test starts servers and renders on every core: side by side they would only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
