import logging

logger = logging.getLogger(__name__)


def enter(name, password):
    logger.info("login of %s", name)
    logger.debug("password of %d characters", len(password))
