"""The engines that come with the kit: one module each, named after the software."""
